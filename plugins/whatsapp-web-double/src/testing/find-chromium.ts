import { existsSync } from 'node:fs'

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
]

/** The Chromium that tests run in; nothing where there is none. */
export const chromium = [process.env.CHROME_PATH, ...places].find((it) => it !== undefined && existsSync(it))

if (!chromium) {
  process.stderr.write(
    'No Chromium: what runs in one is SKIPPED. Install it (Debian: apt-get install -y chromium) or set CHROME_PATH.\n',
  )
}
