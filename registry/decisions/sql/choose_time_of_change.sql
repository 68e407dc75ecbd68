-- A person's change is after all that was received before it, also where some clock was ahead when
-- that came.
SELECT greatest(%(now)s::timestamptz, max(import.ordered_at) + interval '1 microsecond')
FROM import
WHERE import.account_id = %(account)s
