import common from './common.json' with { type: 'json' }
import guest from './guest.json' with { type: 'json' }
import navigation from './navigation.json' with { type: 'json' }
import updates from './updates.json' with { type: 'json' }

export default { common, guest, navigation, updates }
