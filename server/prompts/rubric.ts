/** The rubric that ships, by which a model rates what an example is worth to a student. */

/** What a rating goes by: a name, and the text that a model is shown. */
export interface Rubric {
  readonly name: string;
  readonly text: string;
}

export const TRAINING_VALUE: Rubric = {
  name: "training-value",
  text: `Rate how much a small model that predicts edits would learn from this example.

- 5: The edit follows from what the programmer did, and one has to understand the code to see it: a change carried
  through to a place that looks different, the use that a new parameter calls for. It is right, and complete.
- 4: It follows, and takes more than copying: a pattern continued with the right names, a body that only one thing fits.
- 3: It follows, but is common or easy: the rest of a statement that is nearly typed, the second of two like lines.
- 2: There is little to learn: it could be one of several things, depends on what is not shown, or is so small or so
  mechanical (white space, a closing bracket, a number raised by one) that nothing generalises.
- 1: Better not learnt from: it does not follow at all, undoes what the programmer did, breaks the code, leaves it
  half-done, or is text that nobody types: generated, pasted or boilerplate.

That nothing changes can be worth 3 to 5 as well, where the history tempts one to go on and going on would be wrong.
`,
};
