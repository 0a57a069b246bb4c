import { bodies } from './bodies.ts'
import { breaks } from './breaks.ts'
import { deadLetters } from './dead-letters.ts'
import { flood } from './flood.ts'
import { fuzz } from './fuzz.ts'
import { hangingReceiver } from './hanging-receiver.ts'
import { hostileFrames } from './hostile-frames.ts'
import { keyGuesses } from './key-guesses.ts'
import { lists } from './lists.ts'
import { loads } from './loads.ts'
import { silentClients } from './silent-clients.ts'
import { slowClients } from './slow-clients.ts'
import type { Trial } from './trial.ts'
import { webhookKills } from './webhook-kills.ts'

/** All of them, in the order of their rows. */
export const trials: readonly Trial[] = [
  fuzz,
  bodies,
  slowClients,
  lists,
  flood,
  webhookKills,
  hangingReceiver,
  deadLetters,
  keyGuesses,
  silentClients,
  hostileFrames,
  breaks,
  loads,
]
