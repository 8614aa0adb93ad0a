{
  // One job a line on standard input, {"file": …, "root": …, "olean": …, "options": […]}; one line a job on standard output,
  // "\u0001JOB <exit code or crash: why> <bytes of memory>". The process ends with standard input.
  const fs = require("fs");
  const symbol = (n) => wasmExports[n] || resolveGlobalSymbol(n).sym;
  const malloc = symbol("malloc");
  const u32 = () => (growMemViews(), HEAPU32);
  const cstring = (s) => {
    const size = lengthBytesUTF8(s) + 1, p = malloc(size);
    stringToUTF8(s, p, size);
    return p;
  };
  const argv = (list) => {
    const p = malloc(4 * (list.length + 1));
    list.forEach((s, i) => { const q = cstring(s); u32()[(p >> 2) + i] = q; });
    u32()[(p >> 2) + list.length] = 0;
    return p;
  };
  const makeOptions = symbol("_ZN4lean16mk_shell_optionsEv");
  const setOption = symbol("_ZN4lean20process_shell_optionERNS_10object_refEiPKcRi");
  const runShell = symbol("_ZN4lean14run_shell_mainEiPPcRKNS_10object_refE");
  const first = (job) => {
    const list = ["lean", ...job.options.map((o) => "-D" + o), "-R", job.root, "-o", job.olean, job.file];
    return symbol("main")(list.length, argv(list));
  };
  // main registers Lean's options and can run only once; later jobs enter behind that.
  const next = (job) => {
    const options = malloc(16), status = malloc(4);
    makeOptions(options);
    u32()[status >> 2] = 0;
    for (const o of job.options) setOption(options, "D".charCodeAt(0), cstring(o), status);
    setOption(options, "R".charCodeAt(0), cstring(job.root), status);
    setOption(options, "o".charCodeAt(0), cstring(job.olean), status);
    return runShell(1, argv([job.file]), options);
  };
  let buffered = Buffer.alloc(0);
  const line = () => {
    for (;;) {
      const end = buffered.indexOf(10);
      if (end >= 0) {
        const text = buffered.toString("utf8", 0, end);
        buffered = buffered.subarray(end + 1);
        return text;
      }
      const chunk = Buffer.alloc(65536), n = fs.readSync(0, chunk);
      if (n === 0) return null;
      buffered = Buffer.concat([buffered, chunk.subarray(0, n)]);
    }
  };
  fs.writeSync(1, "\u0001READY\n");
  let run = first;
  for (let text = line(); text !== null; text = line()) {
    let code;
    noExitRuntime = true;
    runtimeKeepaliveCounter = 1;
    try {
      code = run(JSON.parse(text));
    } catch (e) {
      code = e instanceof ExitStatus ? e.status : "crash: " + String((e && e.stack) || e).split("\n").slice(0, 3).join(" ");
    }
    run = next;
    growMemViews();
    fs.writeSync(1, "\u0001JOB " + HEAPU8.length + " " + code + "\n");
  }
  process.exit(0);
}
