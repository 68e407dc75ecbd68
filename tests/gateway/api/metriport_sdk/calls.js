// Calls methods of Metriport's SDK, one a line of standard input: {"method": …, "args": […]}.
// Answers each with a line: {"value": …}, or {"error": {"status": …, "said": …}}.
const { createRequire } = require("node:module");
const { createInterface } = require("node:readline");

const [folder, baseAddress, key] = process.argv.slice(2);
const { MetriportMedicalApi } = createRequire(`${folder}/`)("@metriport/api-sdk");
const api = new MetriportMedicalApi(key, { baseAddress });

async function answer({ method, args }) {
  if (method === "methods") {
    return { value: Object.getOwnPropertyNames(MetriportMedicalApi.prototype) };
  }
  try {
    return { value: await api[method](...args) };
  } catch (error) {
    const response = error.response;
    return { error: { status: response?.status, said: response?.data ?? String(error) } };
  }
}

(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
  }
})();
