import common from './common.json' with { type: 'json' }
import guest from './guest.json' with { type: 'json' }
import navigation from './navigation.json' with { type: 'json' }
import overview from './overview.json' with { type: 'json' }
import setup from './setup.json' with { type: 'json' }

export default { common, guest, navigation, overview, setup }
