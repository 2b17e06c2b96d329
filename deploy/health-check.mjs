// Exits 0 when a process says that it is ready. The image has no curl.
//
//   node health-check.mjs http://127.0.0.1:8080/readyz
const [url] = process.argv.slice(2);
const response = await fetch(url);
process.stdout.write(await response.text());
process.exitCode = response.ok ? 0 : 1;
