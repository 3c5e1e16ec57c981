/** The licence of a repository, by the text of the file at its root that states it. */

const licenceFile = /^(?:licen[cs]e|copying|unlicense)(?:\.(?:md|txt|rst))?$/iu;
/** A licence says what it is near its top; a longer one is read no further. */
const readChars = 20_000;

/** SPDX identifiers, the more particular before those whose words they repeat. The text cannot tell "or later". */
const licences: readonly (readonly [string, RegExp])[] = [
  ["AGPL-3.0", /gnu affero general public license\s+version 3/iu],
  ["LGPL-3.0", /gnu lesser general public license\s+version 3/iu],
  ["LGPL-2.1", /gnu lesser general public license\s+version 2\.1/iu],
  ["GPL-3.0", /gnu general public license\s+version 3/iu],
  ["GPL-2.0", /gnu general public license\s+version 2/iu],
  ["MPL-2.0", /mozilla public license,?\s+version 2\.0/iu],
  ["EPL-2.0", /eclipse public license\s+-\s+v\s*2\.0/iu],
  ["Apache-2.0", /apache license\s+version 2\.0/iu],
  ["BSL-1.0", /boost software license - version 1\.0/iu],
  ["Unlicense", /this is free and unencumbered software released into the public domain/iu],
  ["CC0-1.0", /cc0 1\.0 universal/iu],
  ["ISC", /permission to use, copy, modify, and\/?o?r? distribute this software for any purpose/iu],
  [
    "BSD-3-Clause",
    /redistribution and use in source and binary forms[\s\S]{0,2000}neither the name|redistribution and use in source and binary forms[\s\S]{0,2000}may be used to\s+endorse or promote/iu,
  ],
  ["BSD-2-Clause", /redistribution and use in source and binary forms/iu],
  ["MIT", /permission is hereby granted, free of charge, to any person obtaining a copy/iu],
];

/** The SPDX identifier of a licence's text; null where it is none that we know. */
export function licenceOf(text: string): string | null {
  const head = text.slice(0, readChars);
  return licences.find(([, pattern]) => pattern.test(head))?.[0] ?? null;
}

/** Whether a file of this name at a repository's root states its licence. */
export function isLicenceFile(name: string): boolean {
  return licenceFile.test(name);
}
