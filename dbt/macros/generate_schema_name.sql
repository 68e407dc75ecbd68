{# Schemas are named as they are declared: revision 0007 of the registry grants on these names. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
