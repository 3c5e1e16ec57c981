/**
 * The built-in list of paths whose content is secret by what the file is: rule 6 of the gate. A setting may add to
 * it and cannot empty it, so it names what is secret nearly everywhere and stays strict where in doubt: a refused
 * `.env.example` costs one file of context, a captured `.env` cannot be taken back.
 */

/** Folders in which everything is secret, and files that only their folder makes so: parts in a row, at any depth. */
const SECRET_PLACES = [
  ".aws",
  ".azure",
  ".config/gcloud",
  ".config/gh",
  ".config/hub",
  ".config/op",
  ".config/rclone",
  ".docker/config.json",
  ".gcloud",
  ".gnupg",
  ".gpg",
  ".kube",
  ".oci",
  ".password-store",
  ".putty",
  ".secrets",
  ".ssh",
  ".terraform.d",
  ".vault",
  "library/keychains",
];

/** Whole file names. */
const SECRET_NAMES = new Set([
  ".boto",
  ".cargo-credentials",
  ".dockercfg",
  ".envrc",
  ".git-credentials",
  ".htpasswd",
  ".mylogin.cnf",
  ".my.cnf",
  ".netrc",
  "_netrc",
  ".npmrc",
  ".pgpass",
  ".pypirc",
  ".rclone.conf",
  ".s3cfg",
  ".terraformrc",
  ".vault-token",
  ".yarnrc.yml",
  "authinfo.gpg",
  ".authinfo",
  "credentials",
  "credentials.json",
  "credentials.yml",
  "credentials.yaml",
  "credentials.yml.enc",
  "credentials.toml",
  "credentials.xml",
  "credentials.csv",
  "credentials.properties",
  "application_default_credentials.json",
  "client_secret.json",
  "client_secrets.json",
  "dockerconfigjson",
  "google-services.json",
  "googleservice-info.plist",
  "kubeconfig",
  "local.settings.json",
  "master.key",
  "pgpass.conf",
  "proxy_passwords.txt",
  "rclone.conf",
  "secrets.json",
  "secrets.yml",
  "secrets.yaml",
  "secrets.toml",
  "secrets.env",
  "secrets.properties",
  "service-account.json",
  "service_account.json",
  "serviceaccount.json",
  "shadow",
  "terraform.rc",
  "wp-config.php",
]);

/** Endings of file names: private keys, keystores, certificates with a key, password stores, state that holds keys. */
const SECRET_ENDINGS = [
  ".agekey",
  ".asc",
  ".cer",
  ".crt",
  ".der",
  ".gpg",
  ".jceks",
  ".jks",
  ".kdb",
  ".kdbx",
  ".key",
  ".keychain",
  ".keychain-db",
  ".keystore",
  ".keytab",
  ".mobileprovision",
  ".ovpn",
  ".p12",
  ".p7b",
  ".p8",
  ".pem",
  ".pfx",
  ".pgp",
  ".pkcs12",
  ".pkcs8",
  ".ppk",
  ".pvk",
  ".rdp",
  ".snk",
  ".tfplan",
  ".tfstate",
  ".tfstate.backup",
  ".tfvars",
  ".tfvars.json",
  ".truststore",
];

/** Shapes of file names that no list of endings can say. Linear: anchored, one unbounded part each. */
const SECRET_SHAPES = [
  // .env, .env.local, .env-production, .environment is code's own word and stays
  /^\.env(?:$|[^a-z])/u,
  // prod.env, docker.env
  /\.env$/u,
  // the names ssh-keygen gives; a key's public half (.pub) is public
  /^(?:id|identity)_(?:rsa|dsa|ecdsa|ed25519|ecdsa_sk|ed25519_sk)(?!.*\.pub$)/u,
  // Ansible's vault, Kubernetes' and Helm's secret manifests: secrets.prod.yaml, db-secret.yml
  /(?:^|[-_.])vault\.ya?ml$/u,
  /(?:^|[-_.])secrets?\.(?:[-\w]{1,40}\.)?(?:ya?ml|json|toml|ini|properties)$/u,
  // the JSON keys that Google's console downloads
  /^client_secret_.{1,200}\.json$/u,
  /service[-_]?account[-_.].{0,200}key.{0,100}\.json$/u,
];

/**
 * Whether everything in the file at `path` counts as secret. Any depth, any case, either separator; the path may be
 * relative or absolute. Says nothing about the content: that is the scanner's.
 */
export function isSecretPath(path: string): boolean {
  const parts = path
    .toLowerCase()
    .replaceAll("\\", "/")
    .split("/")
    .filter((part) => part !== "" && part !== ".");
  const name = parts.at(-1);
  if (name === undefined) return false;
  if (SECRET_NAMES.has(name)) return true;
  if (SECRET_ENDINGS.some((ending) => name.endsWith(ending))) return true;
  if (SECRET_SHAPES.some((shape) => shape.test(name))) return true;
  const whole = `/${parts.join("/")}/`;
  return SECRET_PLACES.some((place) => whole.includes(`/${place}/`));
}
