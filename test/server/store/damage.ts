/** What a bad disk does to a database. */
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import Sqlite from "better-sqlite3";

/** Overwrites the page that a table or index begins with. @returns what puts back what was there */
export function damage(file: string, name: string): () => void {
  const other = new Sqlite(file);
  other.pragma("wal_checkpoint(TRUNCATE)");
  const page = other.prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?").pluck().get(name) as number;
  const size = other.pragma("page_size", { simple: true }) as number;
  // Somebody else has written: what the store's connections remember of the file is void.
  other.exec("UPDATE event_counter SET last_position = last_position");
  other.pragma("wal_checkpoint(TRUNCATE)");
  other.close();
  const before = Buffer.alloc(size);
  const write = (bytes: Buffer) => {
    const fd = openSync(file, "r+");
    writeSync(fd, bytes, 0, size, (page - 1) * size);
    closeSync(fd);
  };
  const fd = openSync(file, "r");
  readSync(fd, before, 0, size, (page - 1) * size);
  closeSync(fd);
  write(Buffer.alloc(size, 0xa5));
  return () => write(before);
}
