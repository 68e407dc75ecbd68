select
    account_id,
    account,
    format,
    time_zone,
    cadence,
    created_at
from {{ ref('stg_accounts') }}
