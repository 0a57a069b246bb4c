export { type NetworkLine, readNetworkLog } from './network-lines.ts'
export { type SimulatorProcess, type SimulatorProcessOptions, startSimulator } from './simulator-process.ts'
