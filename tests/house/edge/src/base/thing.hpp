#pragma once
int base_thing();
