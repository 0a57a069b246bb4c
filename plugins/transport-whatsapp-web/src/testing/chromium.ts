import { findChromium } from '../chromium/find.ts'

const found = findChromium()
if (!found)
  process.stderr.write('[chromium] THE TESTS OF THE REAL TRANSPORT ARE SKIPPED: there is no Chromium to run them in\n')

/** The Chromium that tests run in; nothing where there is none, and none could be installed before they began. */
export const chromium: string | undefined = found?.path
