import { ensureChromium } from '../chromium/install.ts'

const found = await ensureChromium((line) => process.stderr.write(`[chromium] ${line}\n`))
if (!found)
  process.stderr.write('[chromium] THE TESTS OF THE REAL TRANSPORT ARE SKIPPED: there is no Chromium to run them in\n')

/** The Chromium that tests run in, installed where there was none; nothing where none can be had. */
export const chromium: string | undefined = found?.path
