import { Model } from './model.js'
import { define } from './registry.js'
import { session } from './session.js'
import { wipe } from './storage.js'
import { wire } from './wire.js'

// Long enough for the library to hear that it is logged out before the document goes.
const LEAVE_AFTER_MS = 300

class SocketModel extends Model {
  /** The account unlinks this page. */
  async logout() {
    await wire.ask('unlink')
    await leave()
  }

  reconnect() {
    wire.cut()
  }

  takeover() {
    this.set({ state: 'OPENING' })
    wire.connect()
  }
}

export const Socket = new SocketModel({ state: 'UNLAUNCHED', stream: 'DISCONNECTED', hasSynced: false })
export const Cmd = new Model()
define('WAWebSocketModel', { Socket })
define('WAWebCmd', { Cmd })

export const Conn = new Model({ ref: undefined, platform: 'android', battery: undefined, plugged: undefined })
Conn.serialize = () => {
  const { credentials } = session
  return {
    ref: Conn.ref,
    platform: Conn.platform,
    pushname: credentials?.name,
    connected: Socket.state === 'CONNECTED',
  }
}
Conn.canSetMyPushname = () => true
define('WAWebConnModel', { Conn })

export function setState(state) {
  Socket.set({ state, stream: state === 'CONNECTED' ? 'CONNECTED' : 'DISCONNECTED' })
}

/** Nothing of the account stays, and the page starts over at the address that says why. */
export async function leave() {
  wire.close()
  await wipe()
  setTimeout(() => location.replace('/?post_logout=1&logout_reason=0'), LEAVE_AFTER_MS)
}

/** The phone has unlinked this page. `state`: the page says so itself before the document changes. */
export async function unlinked(how) {
  if (how === 'state') setState('UNPAIRED')
  else Cmd.trigger('logout')
  await leave()
}
