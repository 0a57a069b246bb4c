import { sleep } from './session.js'
import { Socket, setState } from './socket.js'

/** What the network does to a page. */
const commands = {
  reload({ count, everyMs }) {
    sessionStorage.setItem('reloads', JSON.stringify({ left: count - 1, everyMs }))
    location.reload()
  },
  state: ({ state }) => setState(state),
  async iframes({ count }) {
    for (let i = 0; i < count; i++) {
      const frame = document.createElement('iframe')
      frame.src = '/frame'
      document.body.append(frame)
      await new Promise((resolve) => {
        frame.onload = resolve
      })
    }
  },
  async resync() {
    Socket.set({ hasSynced: false })
    await sleep(50)
    Socket.set({ hasSynced: true })
  },
  freeze({ ms }) {
    const until = performance.now() + ms
    while (performance.now() < until);
  },
}

export function obey({ command, ...details }) {
  return commands[command](details)
}

/** A storm of reloads goes on in the document that follows. */
export function continueReloads() {
  const { left, everyMs } = JSON.parse(sessionStorage.getItem('reloads') ?? '{"left":0}')
  if (left <= 0) return
  setTimeout(() => obey({ command: 'reload', count: left, everyMs }), everyMs)
}
