/** Why a task that is offered has no node yet. Models are those that it may be done with. */
export type WaitReason =
  | { readonly code: 'no_peer' }
  /** A node answered, but has no room. */
  | { readonly code: 'no_room'; readonly models: readonly string[] }
  | { readonly code: 'not_in_reach'; readonly models: readonly string[]; readonly peers: number }
  | { readonly code: 'no_answer'; readonly models: readonly string[]; readonly asked: number }
