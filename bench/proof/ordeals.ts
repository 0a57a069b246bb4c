import { crashPoints } from './crash-points.ts'
import { kills } from './kills.ts'
import type { Ordeal } from './ordeal.ts'
import { powerCut } from './power-cut/index.ts'

/** Everything that sending has to stand. */
export const ordeals: readonly Ordeal[] = [kills, crashPoints, powerCut]
