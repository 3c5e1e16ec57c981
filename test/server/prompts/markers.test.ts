import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeMarkers, escapeMarkersAt, findMarker, unescapeMarkersAt } from "../../../server/prompts/markers.ts";

/** Text that is dense in pieces of markers, so that they meet, overlap and nest. */
const markerish = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "<|cursor|>",
        "<|region_start|>",
        "<|no_edit|>",
        "<<<<<<< CURRENT",
        ">>>>>>> UPDATED",
        ">>>>>> UPDATED",
        "<|cursor|",
        "<filename>",
        "NO_EDITS",
        "\nNO_EDITS\n",
        "\\",
        "<",
        "<|",
        ">",
        "|>",
        "\n",
        "𝕏",
      ),
      fc.string({ maxLength: 4 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join("").replaceAll("\r", ""));

describe("a text that holds markers", () => {
  it("is given back exactly by escaping and unescaping, with any offset in it", () => {
    fc.assert(
      fc.property(markerish, fc.nat(), (text, at) => {
        const offset = at % (text.length + 1);
        const escaped = escapeMarkersAt({ text, offset });
        expect(escaped.text).toBe(escapeMarkers(text));
        expect(unescapeMarkersAt(escaped)).toEqual({ text, offset });
      }),
      { numRuns: 2_000 },
    );
  });

  it("holds no marker once escaped", () => {
    fc.assert(
      fc.property(markerish, (text) => {
        expect(findMarker(escapeMarkers(text))).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });

  it("is told by the first marker in it", () => {
    expect(findMarker("a <|editable_region_end|> b <|cursor|>")).toBe("<|editable_region_end|>");
    expect(findMarker("x\nNO_EDITS\ny")).toBe("NO_EDITS");
    expect(findMarker(">>>>>>> UPDATED")).toBe(">>>>>>> UPDATED");
  });

  it("escapes markers that share a character", () => {
    const text = "<|cursor|>>>>>>> UPDATED";
    expect(findMarker(text)).toBe("<|cursor|>");
    expect(escapeMarkers(text)).toBe("<\\|cursor|>\\>>>>>> UPDATED");
  });
});

describe("ordinary text", () => {
  it.each([
    "Title\n=======\n",
    "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> main\n",
    "const NO_EDITS = 3;",
    "f <| x |> g",
    "usage: cut <filename>",
    "a << 2 >> 1",
  ])("holds no marker: %j", (text) => {
    expect(findMarker(text)).toBeUndefined();
  });
});
