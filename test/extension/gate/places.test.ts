/** Where things are: addresses, roots of dependencies. */
import { describe, expect, it } from "vitest";
import { externalPlace } from "../../../extension/gate/external.ts";
import { normalPath, parentOf, parseUri, relativeTo } from "../../../extension/gate/uri.ts";
import { relativePath } from "../../../shared/records/fields.ts";

describe("a document's address", () => {
  it.each([
    ["file:///work/shop/a%20b.ts", "/work/shop/a b.ts"],
    ["file:///work/shop/../../etc/passwd", "/etc/passwd"],
    ["file:///work/shop/%2e%2e/other/a.ts", "/work/other/a.ts"],
    ["file:///work//shop/./a.ts", "/work/shop/a.ts"],
    ["file:///work/a%23b.ts#L3", "/work/a#b.ts"],
    ["file://localhost/work/a.ts", "/work/a.ts"],
    ["untitled:/work/shop/new.ts", "/work/shop/new.ts"],
    ["untitled:Untitled-1", null],
    // W0 is the cell's number, and what follows the s is `file` in base64.
    ["vscode-notebook-cell:/work/shop/n.ipynb#W0sZmlsZQ%3D%3D", "/work/shop/n.ipynb"],
    ["vscode-notebook-cell:Untitled-1.ipynb#W0sdW50aXRsZWQ%3D", null],
    ["vscode-notebook-cell:/shop/n.ipynb#W0sdnNjb2RlLXZmcw%3D%3D", null],
    ["vscode-vfs://github/a/b.ts", null],
  ])("%s is %s on a disk", (uri, path) => {
    expect(parseUri(uri, "linux")).toMatchObject({ path });
  });

  it.each([
    ["file:///c%3A/Web/a.ts", "C:/Web/a.ts"],
    ["file:///C:/web/../a.ts", "C:/a.ts"],
    ["file://server/share/a.ts", "//server/share/a.ts"],
    ["file:///c%3A/web%5C..%5C..%5Ca.ts", "C:/a.ts"],
    ["untitled:c:\\web\\a.ts", "C:/web/a.ts"],
  ])("%s is %s on Windows", (uri, path) => {
    expect(parseUri(uri, "win32")).toMatchObject({ path });
  });

  it.each(["", "a.ts", "/work/a.ts", "file:///%E0%A4%A", "file:///a%00b"])("%j is none", (text) => {
    expect(parseUri(text, "linux")).toBeNull();
  });
});

describe("a path", () => {
  it("is in a folder only where a whole name says so", () => {
    expect(relativeTo("/work/shop", "/work/shop/a.ts")).toBe("a.ts");
    expect(relativeTo("/work/shop", "/work/shop")).toBe("");
    expect(relativeTo("/work/shop", "/work/shopping/a.ts")).toBeNull();
    expect(relativeTo("/", "/a")).toBe("a");
    expect(relativeTo("C:/web", "C:/web/a")).toBe("a");
  });

  it.each([
    ["/a/b", "/a"],
    ["/a", "/"],
    ["/", null],
    ["C:/a", "C:"],
    ["C:", null],
    ["//server", null],
  ])("%s is in %s", (path, parent) => {
    expect(parentOf(path)).toBe(parent);
  });

  it("never climbs above its root", () => {
    expect(normalPath("/../../a")).toBe("/a");
  });
});

describe("code from outside", () => {
  it.each([
    ["/home/ada/shop/node_modules/left-pad/index.d.ts", "left-pad/index.d.ts", "left-pad"],
    ["/home/ada/shop/node_modules/@types/node/fs.d.ts", "@types/node/fs.d.ts", "@types/node"],
    ["/home/ada/shop/node_modules/.pnpm/a@1.0.0/node_modules/a/i.d.ts", "a/i.d.ts", "a"],
    ["/home/ada/shop/node_modules/a/node_modules/b/i.d.ts", "b/i.d.ts", "b"],
    [
      "/usr/share/code/resources/app/extensions/node_modules/typescript/lib/lib.es5.d.ts",
      "typescript/lib/lib.es5.d.ts",
      "typescript",
    ],
    ["C:\\Users\\ada\\shop\\node_modules\\a\\i.d.ts", "a/i.d.ts", "a"],
    ["/home/ada/.venv/lib/python3.12/site-packages/attr/__init__.py", "attr/__init__.py", "attr"],
    ["/usr/lib/python3/dist-packages/yaml/__init__.py", "yaml/__init__.py", "yaml"],
    ["/usr/lib/python3.12/json/decoder.py", "json/decoder.py", ""],
    ["C:\\Users\\ada\\AppData\\Local\\Programs\\Python\\Python312\\Lib\\json\\decoder.py", "json/decoder.py", ""],
    ["/home/ada/.vscode/extensions/ms-python/dist/typeshed-fallback/stdlib/builtins.pyi", "stdlib/builtins.pyi", ""],
    ["/home/ada/go/pkg/mod/github.com/a/b@v1.2.3/c.go", "github.com/a/b@v1.2.3/c.go", "github.com/a/b@v1.2.3"],
    ["/usr/local/go/src/fmt/print.go", "fmt/print.go", ""],
    ["/usr/lib/go-1.21/src/fmt/print.go", "fmt/print.go", ""],
    ["/home/ada/sdk/go1.22.1/src/fmt/print.go", "fmt/print.go", ""],
    [
      "/home/ada/.cargo/registry/src/index.crates.io-6f17d22bba15001f/serde-1.0.1/src/lib.rs",
      "serde-1.0.1/src/lib.rs",
      "serde-1.0.1",
    ],
    [
      "/home/ada/.rustup/toolchains/stable-x86_64/lib/rustlib/src/rust/library/core/src/option.rs",
      "library/core/src/option.rs",
      "",
    ],
    [
      "/home/ada/.m2/repository/org/slf4j/slf4j-api/2.0/A.java",
      "org/slf4j/slf4j-api/2.0/A.java",
      "org/slf4j/slf4j-api",
    ],
    ["/usr/include/stdio.h", "stdio.h", ""],
    ["/Applications/Xcode.app/Contents/Developer/Platforms/M.platform/a.h", "Platforms/M.platform/a.h", ""],
    ["C:\\Program Files (x86)\\Windows Kits\\10\\Include\\um\\a.h", "10/Include/um/a.h", ""],
  ])("%s is known as %s", (path, inside, name) => {
    const place = externalPlace(path);
    expect(place?.path).toBe(inside);
    expect(relativePath.safeParse(inside).success).toBe(true);
    expect(inside).not.toContain("ada");
    expect(place?.packageFolder.endsWith(name)).toBe(true);
  });

  it.each([
    "/home/ada/other/src/a.ts",
    "/home/ada/go/src/private/a.go",
    "/home/ada/.cargo/git/checkouts/own/1234/src/lib.rs",
    "/home/ada/notes.txt",
    "/etc/passwd",
    "/home/ada/shop/node_modules",
    "/home/ada/shop/node_modules/.bin/tsc",
    "/home/ada/shop/node_modules/.cache/a/b.js",
    "/home/ada/shop/node_modules_own/a.ts",
    "/home/ada/shop/node_modules/../src/a.ts",
    "/home/ada/go/pkg/mod/cache/download/a.go",
    "/home/ada/lib/python/own.py",
    "/home/ada/usr/include/own.h",
  ])("%s is somebody's own", (path) => {
    expect(externalPlace(path)).toBeNull();
  });
});
