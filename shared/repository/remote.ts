/** What a repository is called towards the outside: its network address without credentials, never a path on a machine. */

/** `host/owner/name` of a remote's URL; null where it names no host (a path, a helper such as `ext::`). */
export function normalizeRemote(url: string): string | null {
  const parts = url.includes("://") ? fromUrl(url) : fromScpForm(url);
  if (parts === null) return null;
  const path = parts.path.replace(/^[/~]+|\/+$/gu, "").replace(/\.git$/u, "");
  const remote = `${parts.host.toLowerCase()}/${path}`;
  return path !== "" && /^[^\s\p{Cc}@]+$/u.test(remote) ? remote : null;
}

interface HostAndPath {
  readonly host: string;
  readonly path: string;
}

function fromUrl(url: string): HostAndPath | null {
  if (!URL.canParse(url)) return null;
  const { protocol, hostname, host, pathname } = new URL(url);
  if (!["http:", "https:", "ssh:", "git:", "git+ssh:"].includes(protocol) || hostname === "") return null;
  // The port of a web server is part of the name; that of an ssh server says nothing about the repository.
  return { host: protocol.startsWith("http") ? host : hostname, path: pathname };
}

/**
 * `user@host:path`, as ssh writes it. A single letter before the colon is a drive. Without a user, a number behind the colon is the
 * port of a name that was made here before: `git.example.com:8443/shop/web` stays what it is.
 */
function fromScpForm(url: string): HostAndPath | null {
  const named = /^(?<host>[^@/:]{2,}:\d{1,5})(?<path>\/.*)$/u.exec(url);
  const match = named ?? /^(?:[^@/:]+@)?(?<host>[^@/:]{2,}):(?<path>[^:].*)$/u.exec(url);
  return match?.groups ? { host: match.groups["host"] ?? "", path: match.groups["path"] ?? "" } : null;
}
