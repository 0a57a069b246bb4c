import { bodies } from './bodies.ts'
import { flood } from './flood.ts'
import { fuzz } from './fuzz.ts'
import { lists } from './lists.ts'
import { loads } from './loads.ts'
import { slowClients } from './slow-clients.ts'
import type { Trial } from './trial.ts'

/** All of them, in the order of their rows. */
export const trials: readonly Trial[] = [fuzz, bodies, slowClients, lists, flood, loads]
