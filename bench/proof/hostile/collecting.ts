/** Loaded into a host by `collectable`: it collects its garbage when it is sent SIGUSR2, and says so. */
import { setTimeout as pause } from 'node:timers/promises'

process.on('SIGUSR2', async () => {
  // Again and again, with a pause in between: what is freed in one round lets go of more.
  for (let round = 0; round < 4; round++) {
    globalThis.gc?.()
    await pause(50)
  }
  process.stdout.write('its garbage is collected\n')
})
