import wweb from 'whatsapp-web.js'
import { chromium } from './find-chromium.ts'

const LEAN = ['--disable-gpu', '--disable-dev-shm-usage', '--mute-audio', '--no-first-run']

export interface BareOptions {
  readonly directory?: string
  readonly puppeteer?: Readonly<Record<string, unknown>> & { readonly args?: readonly string[] }
  readonly authTimeoutMs?: number
  readonly [option: string]: unknown
}

/** The library as it is, told only which browser there is and how the double is reached. */
export function bareClient(chromiumArgs: readonly string[], directory: string, options: BareOptions) {
  const { directory: _, puppeteer = {}, ...more } = options
  const { args = [], ...launch } = puppeteer
  const root = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return new wweb.Client({
    authStrategy: new wweb.LocalAuth({ clientId: 'bare', dataPath: directory }),
    webVersionCache: { type: 'none' },
    puppeteer: {
      executablePath: chromium,
      headless: true,
      pipe: true,
      args: [...root, ...LEAN, ...chromiumArgs, ...args],
      ...launch,
    },
    ...more,
  } as ConstructorParameters<typeof wweb.Client>[0])
}
