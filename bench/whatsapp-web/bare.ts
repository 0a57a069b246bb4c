/** The library, driven by a short program by hand: nothing is kept, nothing is looked after. */
import { answerTask } from '../kit/process.ts'
import { hearing, playRound, type Start } from './play-round.ts'
import type { RoundTask } from './task.ts'

/** The same as the plugin's: what Chromium takes is not to depend on them. */
const args = [
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--mute-audio',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
]

answerTask((task: RoundTask) => {
  const { executablePath, directory, double, untilAccepted = false } = task
  return playRound(task, async (): Promise<Start> => {
    const { qr, ready, fail } = hearing()
    const { Client, LocalAuth } = (await import('whatsapp-web.js')).default
    const client = new Client({
      authStrategy: new LocalAuth({ dataPath: directory }),
      puppeteer: {
        executablePath,
        headless: true,
        pipe: true,
        defaultViewport: null,
        args: [...args, ...double.chromiumArgs],
      },
      webVersionCache: { type: 'none' },
    })
    let isHeard = false
    client.on('qr', qr.resolve)
    client.on('authenticated', () => {
      isHeard = true
    })
    client.on('ready', ready.resolve)
    client.on('disconnected', (reason) => fail(new Error(String(reason))))
    const kick = async () => {
      // The library never notices a page that was synchronised before it listened. Whoever knows that tells it.
      const page = client.pupPage!
      const hasSynced = await page.evaluate("window.require('WAWebSocketModel').Socket.hasSynced === true")
      if (hasSynced && !isHeard) await page.evaluate('void window.onAppStateHasSyncedEvent()')
    }
    client.initialize().then(kick).catch(fail)
    return {
      qr: qr.promise,
      ready: ready.promise,
      send: (chatId, text) =>
        client.sendMessage(chatId, text, { sendSeen: false, linkPreview: false, waitUntilMsgSent: untilAccepted }),
      stop: () => client.destroy(),
    }
  })
})
