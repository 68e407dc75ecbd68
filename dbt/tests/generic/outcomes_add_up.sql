{# Every record has one outcome: the four counts add up to the records. #}
{% test outcomes_add_up(model) %}
    select *
    from {{ model }}
    where records <> created + updated + unchanged + errored
{% endtest %}
