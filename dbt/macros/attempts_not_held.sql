{#
    Attempts whose rows this incremental model does not hold yet. An attempt that is over never
    changes and is added in one transaction, so it is held whole or not at all. Looked for by when
    it finished, an hour back: one that finished earlier may become visible later. The instant is
    written into the query, so that PostgreSQL sees how few attempts follow it.
#}
{% macro attempts_not_held() -%}
    select a.*
    from {{ ref('fct_attempts') }} as a
    {% if is_incremental() -%}
    {%- set newest -%}
        select coalesce(max(attempt_finished_at), '-infinity')::text from {{ this }}
    {%- endset %}
    where
        a.finished_at > '{{ run_query(newest).rows[0][0] if execute }}'::timestamptz - interval '1 hour'
        and not exists (
            select 1 from {{ this }} as h
            where h.import_id = a.import_id and h.attempt = a.attempt
        )
    {%- endif %}
{%- endmacro %}
