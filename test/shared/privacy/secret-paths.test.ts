import { describe, expect, it } from "vitest";
import { isSecretPath } from "../../../shared/privacy/secret-paths.ts";

const SECRET = [
  ".env",
  ".env.local",
  ".env.production",
  ".env.example",
  ".ENV",
  "apps/web/.env.development.local",
  "deploy/prod.env",
  ".envrc",
  "server.pem",
  "certs/ca.crt",
  "certs/client.P12",
  "android/release.jks",
  "android/app.keystore",
  "keys/master.key",
  "config/master.key",
  "id_rsa",
  "backup/id_ed25519",
  "id_rsa.old",
  "home/.ssh/config",
  "dotfiles/.ssh/known_hosts",
  ".aws/credentials",
  ".aws/config",
  "infra/.kube/config",
  "kubeconfig",
  ".config/gcloud/access_tokens.db",
  "dotfiles/.config/gh/hosts.yml",
  ".azure/accessTokens.json",
  ".docker/config.json",
  ".gnupg/secring.gpg",
  ".npmrc",
  "packages/a/.npmrc",
  ".pypirc",
  ".netrc",
  "_netrc",
  ".git-credentials",
  ".pgpass",
  ".htpasswd",
  "infra/terraform.tfstate",
  "infra/terraform.tfstate.backup",
  "infra/prod.tfvars",
  "infra/prod.auto.tfvars.json",
  "vault.kdbx",
  "group_vars/all/vault.yml",
  "k8s/db-secret.yaml",
  "helm/secrets.prod.yaml",
  "credentials.json",
  "config/credentials.yml.enc",
  "client_secret_12345.apps.googleusercontent.com.json",
  "gcp/service-account-key.json",
  "infra/service_account.prod-key.json",
  "C:\\Users\\someone\\.ssh\\id_rsa",
  "apps\\web\\.env",
  "./.env",
];

const ORDINARY = [
  "src/environment.ts",
  "src/env.ts",
  "src/.environment.ts",
  "keyboard.ts",
  "src/key.ts",
  "src/keys/index.ts",
  "token.ts",
  "src/tokenizer/token.rs",
  "src/secret.ts",
  "src/secrets/rules.ts",
  "shared/privacy/secret-rules.ts",
  "src/credentials.ts",
  "lib/password.py",
  "src/password-input.tsx",
  "docs/ssh.md",
  "id_rsa.pub",
  "id_generator.ts",
  "src/aws/client.ts",
  "docker/Dockerfile",
  ".docker/php/Dockerfile",
  "docker-compose.yml",
  "src/docker/config.json",
  "kube/deployment.yaml",
  "src/shadow.ts",
  "main.tf",
  "package.json",
  "tsconfig.json",
  "src/monkey.py",
  "src/pem.go",
  "src/secretary.json",
  "",
  "/",
];

describe("a path that is secret by what the file is", () => {
  it.each(SECRET)("%s is secret", (path) => {
    expect(isSecretPath(path)).toBe(true);
  });

  it.each(ORDINARY)("%j is not", (path) => {
    expect(isSecretPath(path)).toBe(false);
  });

  it("stays quick on a path that no file system would hold", () => {
    expect(isSecretPath("a/".repeat(100_000))).toBe(false);
    expect(isSecretPath(`client_secret_${"a".repeat(100_000)}`)).toBe(false);
  });
});
