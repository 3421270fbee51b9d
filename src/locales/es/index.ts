import common from './common.json' with { type: 'json' }
import guest from './guest.json' with { type: 'json' }
import health from './health.json' with { type: 'json' }
import logs from './logs.json' with { type: 'json' }
import navigation from './navigation.json' with { type: 'json' }

export default { common, guest, health, logs, navigation }
