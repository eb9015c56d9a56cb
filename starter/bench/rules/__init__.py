"""The yardstick of routing: many rules on one order, beside other ways to evaluate the same conditions."""
