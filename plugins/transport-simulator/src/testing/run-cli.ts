import { resolve } from 'node:path'
import { cli } from '../cli.ts'

// The program of the process that `startSimulator` starts: `waqtor simulator` without the rest of the host.
process.exitCode = await cli.run(process.argv.slice(2), {
  print: (line) => process.stdout.write(`${line}\n`),
  note: (line) => process.stderr.write(`${line}\n`),
  json: true,
  interactive: false,
  env: process.env,
  dataDirectory: process.cwd(),
  resolvePath: (path) => resolve(path),
  signal: new AbortController().signal,
  connect: () => Promise.reject(new Error('the simulator needs no host')),
})
