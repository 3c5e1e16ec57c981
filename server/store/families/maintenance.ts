/** The upkeep of the database itself. */
import { defineFamily } from "../family.ts";

export const maintenance = defineFamily({
  write: {},
  read: {},
  maintain: {
    /** What was deleted is gone from every file afterwards, and their sizes are what is needed. Takes its time. */
    compact(db): void {
      db.compact();
    },
  },
});
