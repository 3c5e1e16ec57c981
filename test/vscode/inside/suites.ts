/** Every suite that runs in the extension host. */
import "./change-events.ts";
import "./lookups.ts";
