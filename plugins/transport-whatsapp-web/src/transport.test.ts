import { transportSuite } from '@waqtor/transport-suite'
import { startDouble } from '@waqtor/whatsapp-web-double'
import { describe } from 'vitest'
import { chromium } from './testing/chromium.ts'
import { worldOf } from './testing/world.ts'

describe.skipIf(!chromium)('in a real Chromium', () => {
  transportSuite('whatsapp-web on the page double', async () => worldOf(await startDouble()))
})
