/**
 * What a relay gives to each relayed connection. Tasks go over it until hole punching makes a direct one, or for good where
 * it cannot: an hour of a busy pair is some tens of MiB. At the end of either the pair connects anew and goes on.
 */
export const RELAY_DURATION_MS = 60 * 60_000
export const RELAY_DATA_BYTES = BigInt(256 * 1024 * 1024)
/** Nodes that a relay keeps a place for. */
export const RELAY_RESERVATIONS = 512
/** Of these, behind one public address. */
export const RELAY_RESERVATIONS_PER_ADDRESS = 32
/** Connections of a relay: those it keeps places for, and those who ask for them. */
export const RELAY_CONNECTIONS = 1_024
/** Relayed connections over one connection to a relay. */
export const RELAYED_STREAMS = 128
