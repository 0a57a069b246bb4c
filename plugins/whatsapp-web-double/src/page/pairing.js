import { define } from './registry.js'
import { Conn, Socket } from './socket.js'
import { wire } from './wire.js'

const bytes = (fill) => new Uint8Array(32).fill(fill)
let kind = 'QR'

define('WABase64', { encodeB64: (data) => btoa(String.fromCharCode(...data)) })
define('WAWebCompanionRegClientUtils', { DEVICE_PLATFORM: '1' })
define('WAWebAdvSignatureApi', {})
define('WAWebUserPrefsInfoStore', { waNoiseInfo: { get: async () => ({ staticKeyPair: { pubKey: bytes(1) } }) } })
define('WAWebSignalStoreApi', {
  waSignalStore: { getRegistrationInfo: async () => ({ identityKeyPair: { pubKey: bytes(2) } }) },
})
define('WAWebUserPrefsMultiDevice', { getADVSecretKey: () => btoa(String.fromCharCode(...bytes(3))) })
define('WAWebAltDeviceLinkingApi', {
  setPairingType: (type) => {
    kind = type
  },
  initializeAltDeviceLinking: async () => {},
  initializeQRLinking: async () => {
    kind = 'QR'
  },
  startAltLinkingFlow: async (phone) => {
    if (kind !== 'ALT_DEVICE_LINKING') throw new Error('startAltLinkingFlow: not in ALT_DEVICE_LINKING')
    return wire.ask('pairing-code', { phone })
  },
})
const refreshQR = () => {
  if (Socket.state.startsWith('UNPAIRED')) void wire.ask('refresh')
}
define('WAWebLaunchSocketUtils', { refreshQR })
define('WAWebMiscBrowserUtils', { info: () => ({ os: 'Linux', name: 'Chrome' }) })

/** The text of the QR begins with this. */
export function showReference({ ref }) {
  Conn.set({ ref })
}
