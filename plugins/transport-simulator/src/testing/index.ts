export {
  type NetworkLine,
  type SimulatorProcess,
  type SimulatorProcessOptions,
  startSimulator,
} from './simulator-process.ts'
