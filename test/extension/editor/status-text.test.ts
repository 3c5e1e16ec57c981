/** What the status item says, to eyes and to screen readers. */
import { describe, expect, it } from "vitest";
import type { StatusFacts } from "../../../extension/editor/status-text.ts";
import { lostSentences, statusOf } from "../../../extension/editor/status-text.ts";
import { lostSince, nothingLost } from "../../../extension/outbox/lines.ts";
import { inEnglish } from "../../../extension/translate.ts";

const on: StatusFacts = {
  place: "ready",
  contributing: true,
  snoozed: undefined,
  file: { kind: "captured" },
  waiting: 0,
  notSent: 0,
  held: false,
  isCutOff: false,
  trouble: undefined,
};

describe("the status item", () => {
  it("never looks on where nothing is captured", () => {
    const off: Partial<StatusFacts>[] = [
      { place: "none" },
      { place: "virtual" },
      { place: "untrusted" },
      { contributing: false },
      { snoozed: { until: undefined } },
      { file: { kind: "none" } },
      { file: { kind: "refused", sentence: "Git ignores the file." } },
    ];
    const icon = (facts: Partial<StatusFacts>) => statusOf({ ...on, ...facts }, inEnglish).text.split(" ")[0];
    expect(icon({})).toBe("$(circle-filled)");
    for (const facts of off) expect(icon(facts)).not.toBe("$(circle-filled)");
  });

  it("says why this file is not captured", () => {
    const { tooltip } = statusOf({ ...on, file: { kind: "refused", sentence: "Git ignores the file." } }, inEnglish);
    expect(tooltip).toBe("This file is not captured: Git ignores the file.");
  });

  it("says until when it is snoozed, and that the other windows are not", () => {
    const said = (until: string | undefined) => statusOf({ ...on, snoozed: { until } }, inEnglish).tooltip;
    expect(said("3:15 PM")).toBe("Snoozed until 3:15 PM: nothing is captured in this window.");
    expect(said(undefined)).toBe("Snoozed until this window is reloaded or opened again: nothing is captured in it.");
  });

  it("says how many wait, and what keeps them, in words that can be spoken", () => {
    const said = statusOf({ ...on, waiting: 3, notSent: 2, trouble: "The server cannot be reached." }, inEnglish);
    expect(said.text).toBe("$(circle-filled) Stillpoint 3");
    expect(said.label).toBe(
      "Stillpoint: On: your edits in this file are captured. 3 events wait to be sent. Not sent, refused or dropped: 2. The server cannot be reached.",
    );
    expect(said.label).not.toContain("$(");
  });

  it("warns where what waits cannot be sent, to eyes and ears, and still shows whether it captures", () => {
    const cutOff = { ...on, waiting: 3, isCutOff: true, trouble: "The server does not take the token." };
    const { text, label, tooltip } = statusOf(cutOff, inEnglish);
    expect(text).toBe("$(circle-filled) Stillpoint 3 $(warning)");
    expect(label).toMatch(/^Stillpoint: Warning: what waits cannot be sent\./u);
    expect(label).not.toContain("$(");
    expect(tooltip).toContain("The server does not take the token.");
    expect(statusOf({ ...cutOff, waiting: 0 }, inEnglish).text).toBe("$(circle-filled) Stillpoint");
  });

  it("says that sending waits while somebody reads what is to be sent", () => {
    const { tooltip, label } = statusOf({ ...on, waiting: 3, held: true }, inEnglish);
    for (const said of [tooltip, label])
      expect(said).toContain("Sending waits while the list of pending data is open.");
  });

  it("tells what waits also where nothing is captured any more", () => {
    expect(statusOf({ ...on, contributing: false, waiting: 1 }, inEnglish).tooltip).toBe(
      "Off: nothing is captured here.\nOne event waits to be sent.",
    );
  });
});

it("says each way in which something captured was lost, and nothing where nothing was", () => {
  expect(lostSentences({ cap: 0, disk: 0, damaged: 0 }, inEnglish)).toEqual([]);
  expect(lostSentences({ cap: 4, disk: 1, damaged: 2 }, inEnglish)).toEqual([
    "Dropped because 50 MB were waiting: 4, the oldest first.",
    "Not kept because the disk did not take them: 1.",
    "Damaged on the disk: 2.",
  ]);
});

it("says of what was lost only what came after the person has cleared the list", () => {
  const cleared = { cap: 4, disk: 1, damaged: 0 };
  expect(lostSince(cleared, cleared)).toEqual(nothingLost);
  expect(lostSince({ cap: 6, disk: 1, damaged: 1 }, cleared)).toEqual({ cap: 2, disk: 0, damaged: 1 });
  expect(lostSince({ cap: 1, disk: 0, damaged: 0 }, cleared)).toEqual(nothingLost);
});
