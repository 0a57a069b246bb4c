import { clock } from './clock/index.ts'
import { corrupt } from './corrupt.ts'
import { crashPoints } from './crash-points.ts'
import { disconnects } from './disconnects.ts'
import { diskFull } from './disk-full.ts'
import { ioErrors } from './io-errors.ts'
import { kills } from './kills.ts'
import { locked } from './locked.ts'
import { mutations } from './mutations/index.ts'
import type { Ordeal } from './ordeal.ts'
import { powerCut } from './power-cut/index.ts'
import { secondOwner } from './second-owner.ts'
import { sigterm } from './sigterm.ts'
import { logout, restrict } from './standstill.ts'
import { twoHosts } from './two-hosts.ts'

/** Everything that sending has to stand. */
export const ordeals: readonly Ordeal[] = [
  kills,
  crashPoints,
  powerCut,
  diskFull,
  ioErrors,
  locked,
  corrupt,
  clock,
  disconnects,
  logout,
  restrict,
  twoHosts,
  secondOwner,
  sigterm,
  mutations,
]
