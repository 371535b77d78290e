export { type FollowGatesOptions, followGates, type StreamGates } from './follow-gates.ts';
export { type GateWriter, openGateWriter } from './write-gates.ts';
