{# The day of a time where the account is. #}
{% macro day_in_zone(time, zone) -%}
    ({{ time }} at time zone {{ zone }})::date
{%- endmacro %}

{#
    Joins the version of an account that was valid at a time, so that a later change of its zone moves
    no day. Of the time before the first version, that one is taken.
#}
{% macro was_valid(versions, account_id, time) -%}
    {{ versions }}.account_id = {{ account_id }}
    and ({{ versions }}.version = 1 or {{ versions }}.valid_from <= {{ time }})
    and ({{ versions }}.valid_to is null or {{ time }} < {{ versions }}.valid_to)
{%- endmacro %}
