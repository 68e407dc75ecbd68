// Does what each line of standard input asks, with npm's ssh2-sftp-client: a verb, a way to sign in,
// and paths, with tabs between them. Answers `done` or `failed`, a tab, and what was said.
const fs = require("node:fs");
const { createRequire } = require("node:module");
const { createInterface } = require("node:readline");

const [modules, port, username, password, key] = process.argv.slice(2);
const Client = createRequire(`${modules}/`)("ssh2-sftp-client");

const signIns = {
  key: { privateKey: fs.readFileSync(key), authHandler: ["publickey"] },
  password: { password, authHandler: ["password"] },
  "keyboard-interactive": { tryKeyboard: true, authHandler: ["keyboard-interactive"] },
};

const verbs = {
  put: (client, local, remote) => client.put(local, remote),
  "put-with-times": async (client, local, remote) => {
    await client.put(local, remote);
    const { atime, mtime } = fs.statSync(local);
    const sftp = client.sftp;
    await new Promise((done, failed) =>
      sftp.utimes(remote, atime, mtime, (error) => (error ? failed(error) : done())),
    );
  },
  resume: async (client, local, remote) => {
    const { size } = await client.stat(remote);
    return client.append(fs.createReadStream(local, { start: size }), remote);
  },
  list: async (client, folder) =>
    (await client.list(folder)).map((each) => `${each.name} ${each.size}`).join(" / "),
  rename: (client, from, to) => client.rename(from, to),
  get: (client, remote, local) => client.get(remote, local),
  delete: (client, remote) => client.delete(remote),
  "set-mode": (client, remote) => client.chmod(remote, 0o644),
};

async function answer([verb, by, ...paths]) {
  const client = new Client();
  client.on("keyboard-interactive", (_name, _words, _language, prompts, finish) =>
    finish(prompts.map(() => password)),
  );
  try {
    await client.connect({ host: "127.0.0.1", port: Number(port), username, ...signIns[by] });
    return `done\t${await verbs[verb](client, ...paths)}`;
  } catch (error) {
    return `failed\t${error.message}`;
  } finally {
    await client.end();
  }
}

(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${(await answer(line.split("\t"))).replaceAll("\n", " ")}\n`);
  }
})();
