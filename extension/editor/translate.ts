/** What a person reads, in their language. A message is its English self; `{name}` stands for a value. */
export type Translate = (message: string, values?: Record<string, string | number>) => string;
