{#
    Attempts whose rows this incremental model does not hold yet. An attempt that is over never
    changes and is added in one transaction, so it is held whole or not at all. Looked for by when
    it finished, an hour back: one that finished earlier may have become visible later.
#}
{% macro attempts_not_held() -%}
    select a.*
    from {{ ref('fct_attempts') }} as a
    {% if is_incremental() -%}
    where
        a.finished_at > (
            select coalesce(max(h.attempt_finished_at), '-infinity') - interval '1 hour'
            from {{ this }} as h
        )
        and not exists (
            select 1 from {{ this }} as h
            where h.import_id = a.import_id and h.attempt = a.attempt
        )
    {%- endif %}
{%- endmacro %}
