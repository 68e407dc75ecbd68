select
    account_id,
    version,
    valid_from,
    valid_to,
    valid_to is null as is_current,
    account,
    format,
    time_zone,
    cadence,
    settings
from {{ ref('stg_account_history') }}
