import { session } from './session.js'

/** The greeting that a freshly linked account finds in its way. */
export function greet() {
  return new Promise((resolve) => {
    const dialog = document.createElement('div')
    dialog.setAttribute('role', 'dialog')
    dialog.setAttribute('aria-label', "What's new on WhatsApp Web")
    dialog.innerHTML = '<h1>What’s new on WhatsApp Web</h1><p>See how it looks now.</p><button>Continue</button>'
    dialog.querySelector('button').onclick = () => {
      dialog.remove()
      resolve()
    }
    document.body.append(dialog)
    if (session.settings.whatsNew !== 'blocks') resolve()
  })
}
