{#
    Attempts whose rows this incremental model does not contain yet. An attempt that is over never
    changes, and a model adds it in one transaction, so the model contains all of its rows or none.
    The search begins an hour before the newest attempt of the model, because an attempt may become
    visible after one that finished later. The time is a literal in the query, so that PostgreSQL's
    planner knows that few attempts follow it.
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
