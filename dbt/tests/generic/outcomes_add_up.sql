{# Every record has one outcome, so the four counts add up to the records. #}
{% test outcomes_add_up(model) %}
    select *
    from {{ model }}
    where records <> created + updated + unchanged + errored
{% endtest %}
