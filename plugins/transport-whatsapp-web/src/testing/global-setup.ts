import { ensureChromium } from '../chromium/install.ts'

/** Before any test runs: a Chromium for all of them, installed once where there is none. */
export async function setup(): Promise<void> {
  const found = await ensureChromium((line) => process.stderr.write(`[chromium] ${line}\n`))
  if (found) process.env.CHROME_PATH = found.path
}
