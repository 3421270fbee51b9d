/** Goes round some hundred times on the real engine: long enough to be looked at in the middle. */
export const longLoop = JSON.stringify(
  {
    name: 'Persona interviews',
    config: { max_steps: 20_000, max_time: 300, max_tokens: 700 },
    external_memory: { jobs: ['a baker', 'a pilot', 'a nurse', 'a sailor', 'a singer'] },
    tasks: [
      {
        id: 'choose',
        name: 'Choose somebody',
        operator: 'sample',
        messages: [{ role: 'user', content: 'Write a short story about' }],
        inputs: [{ name: 'jobs', value: { type: 'string', key: 'jobs' }, required: true }],
        outputs: [{ type: 'write', key: 'request', value: '__result' }],
      },
      {
        id: 'write',
        name: 'Write a story',
        operator: 'generation',
        messages: [{ role: 'user', content: '{{request}}' }],
        // So long that a step takes longer than looking at it.
        schema: { type: 'string', minLength: 1400 },
        inputs: [{ name: 'request', value: { type: 'read', key: 'request' }, required: true }],
        outputs: [{ type: 'push', key: 'stories', value: '__result' }],
      },
      {
        id: 'title',
        name: 'Find a title',
        operator: 'generation',
        messages: [{ role: 'user', content: 'Give a title for a story about {{request}}.' }],
        inputs: [{ name: 'request', value: { type: 'read', key: 'request' }, required: true }],
        outputs: [{ type: 'push', key: 'titles', value: '__result' }],
      },
    ],
    steps: [
      { source: 'choose', target: 'write' },
      { source: 'write', target: 'title' },
      {
        source: 'title',
        target: 'choose',
        condition: {
          input: { type: 'size', key: 'stories' },
          expression: 'LessThan',
          expected: '3000',
          target_if_not: '_end',
        },
      },
    ],
    return_value: { input: { type: 'get_all', key: 'titles' }, to_json: true },
  },
  null,
  2,
)
