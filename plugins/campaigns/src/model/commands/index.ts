import fc from 'fast-check'
import { makingSteps } from './campaigns.ts'
import { controlSteps } from './control.ts'
import { decisionSteps } from './decisions.ts'
import { lifeSteps } from './life.ts'
import { networkSteps } from './network.ts'

/** What people, the network and the machine may do, in any order. */
export const steps = (maxCommands: number) =>
  fc.commands([...makingSteps, ...controlSteps, ...decisionSteps, ...networkSteps, ...lifeSteps], {
    maxCommands,
    size: 'max',
  })
