/* Finds or installs a Chromium and prints where it is: `node ensure.ts`. Exit code 1 where none can be had. */
import { ensureChromium } from './install.ts'

const found = await ensureChromium((line) => process.stderr.write(`${line}\n`))
if (found) process.stdout.write(`${found.path}\n`)
else process.exitCode = 1
