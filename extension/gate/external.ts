/**
 * Where code that others wrote and published lies: packages that were installed, and what comes with a compiler. A
 * definition from outside the workspace leaves only from there, and only by its path from there on, so that no folder
 * of anybody's machine is named.
 */
import { normalPath } from "./uri.ts";

export interface ExternalPlace {
  /** Absolute: what the package's own files lie in. Its licence is stated here, if anywhere. */
  readonly packageFolder: string;
  /** From the root of dependencies on, so with the package's name: `typescript/lib/lib.es5.d.ts`. */
  readonly path: string;
}

interface Root {
  /** Up to and with the root's last `/`. Anchored at the beginning; the longest such beginning counts. */
  readonly pattern: RegExp;
  /** How many parts behind it name the package; none for a toolchain, which is one package. */
  readonly packageParts: number;
}

/** Case counts nothing, as on the file systems of two of three platforms. */
const roots: readonly Root[] = [
  // JavaScript: npm, pnpm, Yarn, Bun; the TypeScript that ships inside VS Code lies in one too.
  { pattern: /^.*\/node_modules\//iu, packageParts: 1 },
  { pattern: /^.*\/\.bun\/install\/cache\//iu, packageParts: 1 },
  { pattern: /^.*\/deno\/npm\/registry\.npmjs\.org\//iu, packageParts: 1 },
  // Python: what pip installs, its standard library, and the type stubs that language servers bring.
  { pattern: /^.*\/(?:site|dist)-packages\//iu, packageParts: 1 },
  { pattern: /^.*\/lib(?:64)?\/python\d(?:\.\d+)?\//iu, packageParts: 0 },
  { pattern: /^.*\/python\d+\/lib\//iu, packageParts: 0 },
  { pattern: /^.*\/typeshed(?:-fallback)?\/(?=stdlib\/|stubs\/)/iu, packageParts: 0 },
  // Go: the module cache, and the places that its installers use. `~/go/src` is people's own code.
  { pattern: /^.*\/pkg\/mod\/(?!cache\/)/iu, packageParts: 3 },
  {
    pattern: /^(?:\/usr\/local|\/usr\/lib|\/usr\/share|\/opt|[a-z]:\/program files)\/go(?:-\d[\d.]*)?\/src\//iu,
    packageParts: 0,
  },
  { pattern: /^.*\/sdk\/go\d[\w.]*\/src\//iu, packageParts: 0 },
  { pattern: /^.*\/cellar\/go(?:@[\d.]+)?\/[\w.]+\/libexec\/src\//iu, packageParts: 0 },
  // Rust: published crates (a crate from git may be anybody's own), and the standard library.
  { pattern: /^.*\/\.cargo\/registry\/src\/[^/]+\//iu, packageParts: 1 },
  { pattern: /^.*\/lib\/rustlib\/src\/rust\//iu, packageParts: 0 },
  // Java and its kin: Maven, Gradle, the Java runtime.
  { pattern: /^.*\/\.m2\/repository\//iu, packageParts: 3 },
  { pattern: /^.*\/\.gradle\/caches\/modules-2\/files-2\.1\//iu, packageParts: 3 },
  { pattern: /^\/usr\/lib\/jvm\/[^/]+\//iu, packageParts: 0 },
  { pattern: /^.*\/android\/sdk\/(?:sources|platforms)\/[^/]+\//iu, packageParts: 0 },
  // .NET, Ruby, PHP, Dart.
  { pattern: /^.*\/\.nuget\/packages\//iu, packageParts: 2 },
  { pattern: /^(?:\/usr\/(?:local\/)?(?:share|lib)|[a-z]:\/program files)\/dotnet\//iu, packageParts: 0 },
  { pattern: /^.*\/ruby(?:\/gems)?\/\d[\d.]*\/(?:bundler\/)?gems\//iu, packageParts: 1 },
  { pattern: /^.*\/\.composer\/vendor\//iu, packageParts: 2 },
  { pattern: /^.*\/\.?pub-cache\/hosted\/[^/]+\//iu, packageParts: 1 },
  // C, C++ and Apple's: headers of the system and of its SDKs.
  { pattern: /^\/usr\/(?:local\/)?include\//iu, packageParts: 0 },
  { pattern: /^\/usr\/lib(?:64)?\/(?:gcc|clang|llvm[\w.-]*)\//iu, packageParts: 0 },
  {
    pattern: /^\/(?:applications\/xcode[^/]*\.app\/contents\/developer|library\/developer\/commandlinetools)\//iu,
    packageParts: 0,
  },
  { pattern: /^[a-z]:\/program files(?: \(x86\))?\/(?:windows kits|microsoft visual studio)\//iu, packageParts: 0 },
];

/**
 * Null for a file under no root that is known, which is then somebody's own until shown otherwise.
 * @param path absolute, with `/` or, on Windows, `\` between its parts
 */
export function externalPlace(path: string): ExternalPlace | null {
  const whole = normalPath(/^[a-z]:[\\/]|^\\\\/iu.test(path) ? path.replaceAll("\\", "/") : path);
  let best: { length: number; root: Root } | null = null;
  for (const root of roots) {
    const length = root.pattern.exec(whole)?.[0].length ?? 0;
    if (length > (best?.length ?? 0)) best = { length, root };
  }
  if (!best) return null;
  const inside = whole.slice(best.length);
  // `.bin`, `.pnpm`, `.cache`: what a package manager keeps for itself.
  if (inside === "" || inside.startsWith(".")) return null;
  const parts = best.root.packageParts + (best.root.packageParts > 0 && inside.startsWith("@") ? 1 : 0);
  const named = inside.split("/").slice(0, parts);
  return { packageFolder: normalPath(whole.slice(0, best.length) + named.join("/")), path: inside };
}
